"""The exchange: data flows under a grant, in one order that no fault can turn round."""
