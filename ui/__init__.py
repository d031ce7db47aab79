"""What a person sees. Qt lives here and nowhere else; nothing here imports models."""
