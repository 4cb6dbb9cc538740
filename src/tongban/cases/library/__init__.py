"""Records of the national exchange tables, and the feed by which they reach the upper level's case library."""
