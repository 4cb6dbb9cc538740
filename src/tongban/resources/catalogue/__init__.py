"""The one ledger of data resources, applications, components and cloud resources."""
