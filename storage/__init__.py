"""What is kept: the study file, tables, contacts, vault, intake, versions, exports."""
