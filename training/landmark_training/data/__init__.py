"""Training data: (question, file, gold lines) from documented definitions of public packages."""
