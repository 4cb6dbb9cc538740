"""The signed list of licences that are not in force, for whoever verifies without a network."""
