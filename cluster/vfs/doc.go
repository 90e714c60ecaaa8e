// Package vfs is the file system as package cluster sees it: the few operations that a store of immutable files
// needs, behind an interface, so that tests can inject errors and crashes (package vfstest).
//
// The rules are POSIX's. What was written to a file survives a crash once [File.Sync] has returned; that a name
// exists, is gone or is another file survives once [FS.SyncDir] of its directory has returned. A store that must be
// whole after a crash therefore writes a file under a temporary name, syncs it, renames it and syncs the directory:
//
//	f, err := fs.Create("t.pack.tmp")
//	f.WriteAt(data, 0); f.Sync(); f.Close()
//	fs.Rename("t.pack.tmp", "t.pack")
//	fs.SyncDir(".")
package vfs
