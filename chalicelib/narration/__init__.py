"""Articles read aloud: spoken once for everybody, by what speaks people's own texts."""
