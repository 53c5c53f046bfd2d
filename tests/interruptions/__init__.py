"""Work that is interrupted at any of its calls to AWS, and begun again."""
