"""Node's resolution of modules, on the files of a folder or of the archive of shipped packages."""
