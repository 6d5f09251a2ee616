"""A client of an HTTP service in the shape of a production one: every module can be copied."""
