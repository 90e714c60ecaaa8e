package main

import (
	"context"
	"fmt"
	"os"
	"os/signal"
	"syscall"
	"time"

	"github.com/spf13/cobra"

	"github.com/eau2db/eau2/engine"
)

// newStatusCommand returns the command that shows how nodes are.
func newStatusCommand() *cobra.Command {
	var n node
	var mode string
	c := &cobra.Command{
		Use:   "status",
		Short: "Show nodes, tables and replicas",
		Long: `eau2sh status asks a node how its cluster is, and shows three lists:

  nodes      who is there, how many chunks each has and how many it is to have and lacks, and what its repair does
  tables     as SHOW TABLES
  replicas   of each table: its chunks, how many copies each is to have, how many chunks have fewer ("few"), how many
             of those no live node has ("none"), and how many copies are too many ("surplus")`,
		Example: "  eau2sh status --connect " + defaultAddr,
		Args:    cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			if n.addr == "" {
				n.addr = defaultAddr
			}
			if err := n.check(engine.Options{}); err != nil {
				return err
			}
			set := settings{header: true}
			if mode != "" {
				m, err := parseMode(mode)
				if err != nil {
					return fmt.Errorf("--mode: %w", err)
				}
				set.mode = &m
			}
			env := systemEnvironment()
			env.stdin, env.stdout, env.stderr = c.InOrStdin(), c.OutOrStdout(), c.ErrOrStderr()
			ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
			defer stop()
			if err := n.status(ctx, env, set); err != nil {
				return commandError{err}
			}
			return nil
		},
	}
	n.flags(c.Flags())
	c.Flags().StringVar(&mode, "mode", "", "`MODE` of the lists, as of results")
	return c
}

// statusTime is how long a node may take to say how it is.
const statusTime = 10 * time.Second

// status shows what a node says of nodes, tables and replicas.
func (n *node) status(ctx context.Context, env environment, set settings) error {
	ctx, cancel := context.WithTimeout(ctx, statusTime)
	defer cancel()
	s, err := n.open(ctx, engine.Options{})
	if err != nil {
		return err
	}
	defer s.Close()
	sh := newShell(env, s, set)
	defer sh.close()
	for _, text := range []string{"SHOW NODES", "SHOW TABLES", "SHOW REPLICAS"} {
		if err := sh.execute(ctx, statement{text: text}); err != nil {
			return err
		}
	}
	return nil
}
