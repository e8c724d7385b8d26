"""How readers and model do. The mathematics knows no database: `collection` alone asks it for rows."""
