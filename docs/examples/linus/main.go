// Command linus tells how many projects and users are within some degrees of one user of a version control system: a project is
// reached when a reached user authored a commit to it, a user when they authored a commit to a reached project.
//
//	linus -commits commits.sor -projects projects.sor -users users.sor -from 4967 -degrees 7
//
// The files are users (uid, name), projects (pid, name) and commits (pid, author, committer); ids are INTs, in no order and as
// sparse as may be. It prints a line a degree, tab-separated: the degree, and the projects and users reached so far; the user it
// starts from counts. Ids that only commits name are left out, and their number is told, unless -keep-unknown counts them as the
// others; -committers counts who committed as well as who authored.
//
// With -local N the search runs on N nodes in this process, with -nodes N on N processes, which are all started with the same
// files: node 0 reads them and prints; should it die, the next one begins anew. With -dir tables are kept, and read at once the next time. README.md has the commands.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"slices"
	"time"

	"github.com/eau2db/eau2/engine"
)

func main() {
	a := &app{out: os.Stdout, notes: os.Stderr}
	flag.StringVar(&a.commits, "commits", "", "SoR file of commits: pid, author's uid, committer's uid")
	flag.StringVar(&a.projects, "projects", "", "SoR file of projects: pid, name")
	flag.StringVar(&a.users, "users", "", "SoR file of users: uid, name")
	flag.Int64Var(&a.from, "from", 4967, "uid to start from")
	flag.IntVar(&a.degrees, "degrees", 7, "how far to go")
	flag.BoolVar(&a.committers, "committers", false, "count who committed as well as who authored")
	flag.BoolVar(&a.keepUnknown, "keep-unknown", false, "count ids that only commits name")
	engine.Main(a)
}

// app searches when it runs.
type app struct {
	out, notes               io.Writer
	commits, projects, users string
	from                     int64
	degrees                  int
	committers, keepUnknown  bool
}

// Run runs on every node. Node 0 asks; all hold chunks of the commits, and search those that they hold.
func (a *app) Run(ctx context.Context, node *engine.Node) error {
	if node.Index() != 0 {
		return nil
	}
	return a.search(ctx, node)
}

// search makes the tables that are not there, searches, and prints what it finds.
func (a *app) search(ctx context.Context, node *engine.Node) error {
	s := &search{committers: a.committers, keepUnknown: a.keepUnknown}
	for _, t := range []struct {
		table      **engine.DataFrame
		name, file string
		columns    []engine.LoadColumn
	}{
		{&s.users, "users", a.users, ids("uid")},
		{&s.projects, "projects", a.projects, ids("pid")},
		{&s.commits, "commits", a.commits, ids("pid", "author", "committer")},
	} {
		var err error
		if *t.table, err = a.load(ctx, node.Engine(), t.name, t.file, t.columns); err != nil {
			return err
		}
	}
	start := time.Now()
	err := s.run(ctx, a.from, a.degrees, func(degree int, all tagged) error {
		_, err := fmt.Fprintf(a.out, "%d\t%d\t%d\n", degree, all.projects.Len(), all.users.Len())
		return err
	})
	if err != nil {
		return err
	}
	fmt.Fprintf(a.notes, "%d degrees in %v\n", a.degrees, time.Since(start).Round(time.Millisecond))
	u, err := s.unknown(ctx)
	if err != nil {
		return err
	}
	if u != (unknown{}) {
		what := "left out"
		if a.keepUnknown {
			what = "counted"
		}
		fmt.Fprintf(a.notes, "%s: %d projects and %d users that only commits name, %d of them\n", what, u.projects, u.users, u.commits)
	}
	return nil
}

// ids are columns of a table that begins with ids.
func ids(names ...string) (columns []engine.LoadColumn) {
	for _, n := range names {
		columns = append(columns, engine.LoadColumn{Name: n, Type: engine.Int, Typed: true})
	}
	return columns
}

// load returns a table, which it makes of a file if it is not there.
func (a *app) load(ctx context.Context, eng *engine.Engine, name, file string, columns []engine.LoadColumn) (*engine.DataFrame, error) {
	for _, t := range eng.Tables() {
		if t.Name == name {
			return eng.Table(name), nil
		}
	}
	if file == "" {
		return nil, errors.New("a file of " + name + " is needed: -" + name + " FILE")
	}
	start := time.Now()
	d, err := eng.Load(ctx, name, file, engine.LoadOptions{Columns: columns})
	if err != nil {
		return nil, err
	}
	fmt.Fprintf(a.notes, "%s loaded in %v\n", name, time.Since(start).Round(time.Millisecond))
	return d, nil
}

// Recover goes on without nodes that died: others have copies of their chunks. When all nodes before this one have died, this one
// searches from the beginning, which takes less than to keep after each degree what was found.
func (a *app) Recover(ctx context.Context, node *engine.Node, lost []int) error {
	fmt.Fprintf(a.notes, "going on without nodes %v\n", lost)
	if first := slices.Min(node.Alive()); first == node.Index() && slices.Min(lost) < first {
		return a.search(ctx, node)
	}
	return nil
}
