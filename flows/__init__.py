"""What runs and when: Prefect flows, one file each, and the work they carry from room to room."""
