"""What several tools share: tables, atomic writes, stable zip files, near names."""
