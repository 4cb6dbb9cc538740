"""How long what is kept: rules as data, destruction in small batches that prove themselves."""
