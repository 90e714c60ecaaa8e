package main

import (
	"crypto/rand"
	"encoding/base64"
	"fmt"

	"github.com/spf13/cobra"
)

// newKeygenCommand returns the command that makes secrets.
func newKeygenCommand() *cobra.Command {
	return &cobra.Command{
		Use:     "keygen",
		Short:   "Print a new secret, for a file of tokens or keys",
		Example: "  (umask 077; eau2sh keygen > token)",
		Args:    cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			key := make([]byte, 32)
			rand.Read(key) // cannot fail
			_, err := fmt.Fprintln(c.OutOrStdout(), base64.StdEncoding.EncodeToString(key))
			return err
		},
	}
}
