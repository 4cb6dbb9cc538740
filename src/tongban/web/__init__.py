"""Floor 7, facing people and programs: pages, the API, and what stands in front of both."""
