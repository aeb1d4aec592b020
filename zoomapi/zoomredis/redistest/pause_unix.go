//go:build unix

package redistest

import "syscall"

// Pause stops the server without ending it: connections stay and nothing is answered, until [Server.Resume].
func (s *Server) Pause() { _ = s.cmd.Process.Signal(syscall.SIGSTOP) }

// Resume lets a server that was paused go on; it carries out what it was sent meanwhile.
func (s *Server) Resume() { _ = s.cmd.Process.Signal(syscall.SIGCONT) }
