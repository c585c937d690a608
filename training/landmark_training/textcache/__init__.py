"""What the frozen base makes of chosen windows and questions, computed once and kept on disk."""
