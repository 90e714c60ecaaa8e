// Command generate makes the data of "degrees of Linus": users.sor, projects.sor and commits.sor in a folder.
//
//	go run ./docs/examples/linus/generate -commits 1000000 -projects 1064000 -users 274800 linus-data
//
// Without sizes it makes the full set of 118 million commits, 8 GB. The same flags always give the same bytes.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"path/filepath"
	"time"

	"github.com/eau2db/eau2/docs/examples/linus/data"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	err := run(ctx, os.Args[1:], os.Stdout, os.Stderr)
	stop()
	switch {
	case errors.Is(err, flag.ErrHelp):
	case errors.Is(err, errUsage):
		os.Exit(2)
	case err != nil:
		fmt.Fprintln(os.Stderr, "generate:", err)
		os.Exit(1)
	}
}

// errUsage is of a command line that has been explained on standard error.
var errUsage = errors.New("usage")

// run makes the files that the arguments ask for, and tells how large they are. With -degrees it tells what the search finds in them.
func run(ctx context.Context, args []string, out, problems io.Writer) error {
	flags := flag.NewFlagSet("generate", flag.ContinueOnError)
	flags.SetOutput(problems)
	flags.Usage = func() {
		fmt.Fprintln(problems, "usage: generate [flags] DIR")
		flags.PrintDefaults()
	}
	o := data.FullSize
	flags.IntVar(&o.Commits, "commits", o.Commits, "rows of "+data.CommitsFile)
	flags.IntVar(&o.Projects, "projects", o.Projects, "rows of "+data.ProjectsFile)
	flags.IntVar(&o.Users, "users", o.Users, "rows of "+data.UsersFile)
	flags.Uint64Var(&o.Seed, "seed", o.Seed, "another number gives another set")
	flags.BoolVar(&o.Sparse, "sparse", o.Sparse, "spread ids over all 64 bits; otherwise they count from 0")
	flags.Float64Var(&o.Unknown, "unknown", o.Unknown, "share of commits, from 0 to 1, with ids that are in no other file")
	degrees := flags.Int("degrees", 0, "also search the set by plain loops, and print degree, projects and users; slow and large")
	if err := flags.Parse(args); errors.Is(err, flag.ErrHelp) {
		return err
	} else if err != nil {
		return errUsage
	}
	if flags.NArg() != 1 {
		flags.Usage()
		return errUsage
	}
	if err := write(ctx, out, flags.Arg(0), o); err != nil {
		return err
	}
	if *degrees > 0 {
		return search(ctx, out, o, *degrees)
	}
	return nil
}

// write makes the files and tells how large they are.
func write(ctx context.Context, out io.Writer, dir string, o data.Options) error {
	start := time.Now()
	if err := data.Write(ctx, dir, o); err != nil {
		return err
	}
	took, all := time.Since(start), int64(0)
	for _, name := range []string{data.UsersFile, data.ProjectsFile, data.CommitsFile} {
		path := filepath.Join(dir, name)
		info, err := os.Stat(path)
		if err != nil {
			return err
		}
		fmt.Fprintf(out, "%s\t%d bytes\n", path, info.Size())
		all += info.Size()
	}
	_, err := fmt.Fprintf(out, "%.1f MB in %.1f s\n", float64(all)/1e6, took.Seconds())
	return err
}

// search prints a line a degree, as the search of the example does.
func search(ctx context.Context, out io.Writer, o data.Options, degrees int) error {
	set, err := data.Make(ctx, o)
	if err != nil {
		return err
	}
	found, _, err := data.Search(set, data.Linus, degrees, data.SearchOptions{})
	if err != nil {
		return err
	}
	for i, d := range found {
		fmt.Fprintf(out, "%d\t%d\t%d\n", i+1, d.Projects, d.Users)
	}
	return nil
}
