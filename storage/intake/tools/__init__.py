"""What recording tools leave behind: one file a tool, each a pure function from names to bundles."""
