"""The five tabs, one file each."""
