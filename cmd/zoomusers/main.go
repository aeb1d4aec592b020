// Command zoomusers is a Slack bot that turns a CSV of Zoom users into a dry
// run, an approval, the changes themselves and a report.
//
//	zoomusers serve     the bot, with real credentials
//	zoomusers demo      the bot in a sandbox of its own, playing its story
//	zoomusers version   which build this is
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"log/slog"
	"os"
	"os/signal"
	"runtime/debug"
	"syscall"

	"github.com/redis/go-redis/v9"
)

// version is set by the build of a release.
var version string

// Exit codes.
const (
	exitOK    = 0
	exitError = 1
	exitUsage = 2
)

func main() {
	// go-redis repeats on stderr, in a form of its own, what its errors say.
	redis.SetLogger(silent{})
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	p := program{stdout: os.Stdout, stderr: os.Stderr, getenv: os.Getenv, readFile: os.ReadFile}
	code := p.run(ctx, os.Args[1:])
	stop()
	os.Exit(code)
}

// silent is a log of go-redis that is not kept.
type silent struct{}

// Printf implements the logger of go-redis.
func (silent) Printf(context.Context, string, ...any) {}

// program is what a run of the command takes from its surroundings.
type program struct {
	stdout, stderr io.Writer
	getenv         func(string) string
	readFile       func(string) ([]byte, error)
}

const usage = `zoomusers adds Zoom users from a CSV posted in Slack: previewed, approved, reported.

Usage:

	zoomusers serve [flags]     run the bot; credentials come from the environment
	zoomusers demo [flags]      run the bot in a sandbox on this machine, with nothing else needed
	zoomusers version           print the version

Flags of a command: zoomusers <command> -h
`

func (p program) run(ctx context.Context, args []string) int {
	if len(args) == 0 {
		fmt.Fprint(p.stderr, usage)
		return exitUsage
	}
	var err error
	switch args[0] {
	case "serve":
		err = p.serve(ctx, args[1:])
	case "demo":
		err = p.demo(ctx, args[1:])
	case "version", "-version", "--version":
		fmt.Fprintln(p.stdout, "zoomusers", buildVersion())
	case "help", "-h", "-help", "--help":
		fmt.Fprint(p.stdout, usage)
	default:
		fmt.Fprintf(p.stderr, "zoomusers: unknown command %q\n\n%s", args[0], usage)
		return exitUsage
	}
	var wrong *usageError
	switch {
	case err == nil, errors.Is(err, flag.ErrHelp):
		return exitOK
	case errors.As(err, &wrong):
		fmt.Fprintf(p.stderr, "zoomusers %s: %v\n", args[0], err)
		return exitUsage
	}
	fmt.Fprintf(p.stderr, "zoomusers %s: %v\n", args[0], err)
	return exitError
}

// usageError is a mistake in how the command was called or configured.
type usageError struct{ err error }

// Error implements error.
func (e *usageError) Error() string { return e.err.Error() }

// Unwrap returns the cause.
func (e *usageError) Unwrap() error { return e.err }

// help lists a command's flags.
func (p program) help(fs *flag.FlagSet) {
	fmt.Fprintf(p.stdout, "Flags of zoomusers %s:\n", fs.Name())
	fs.SetOutput(p.stdout)
	fs.PrintDefaults()
}

func buildVersion() string {
	if version != "" {
		return version
	}
	if info, ok := debug.ReadBuildInfo(); ok && info.Main.Version != "" {
		return info.Main.Version
	}
	return "(devel)"
}

// logger writes the program's log.
func logger(w io.Writer, c *Config) *slog.Logger {
	opts := &slog.HandlerOptions{Level: c.LogLevel}
	if c.LogFormat == "json" {
		return slog.New(slog.NewJSONHandler(w, opts))
	}
	return slog.New(slog.NewTextHandler(w, opts))
}
