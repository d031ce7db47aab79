"""The one place that holds the version; pyproject.toml, the build and the window read it here."""

VERSION = "0.7.0"
