package sql

import (
	"github.com/eau2db/eau2/sor"
)

// Statement is a parsed statement: one of the types of this package that have a Text method and end in …Statement's
// list: *Select, *Load, *Copy, *Explain, *Describe, *ShowTables, *ShowFunctions, *ShowNodes, *ShowReplicas, *ShowChunks,
// *CreateTableAs, *Drop, *Rename.
type Statement interface {
	// Kind is the statement's first word or words, for messages and progress: "SELECT", "LOAD", "CREATE TABLE".
	Kind() string
}

// Ref is a table or file that a statement names, and where.
type Ref struct {
	Name string
	File bool // a file name in quotes, not a table
	Pos  int  // byte offset in the statement
}

// Select is a query: [WITH …] SELECT …
type Select struct{ Query *Query }

// Load is LOAD 'path' INTO table [(columns)] [WITH (options)].
type Load struct {
	Path     Ref
	Table    Ref
	Options  sor.Options // Columns, OnError, OnMismatch, Sample, From and Len
	FromNode bool        // the file is the node's that runs the statement, not the client's; FromAll implies it
	FromAll  bool        // all nodes have the file, and read it together
}

// Copy is COPY table TO 'path', or COPY (query) TO 'path'.
type Copy struct {
	Table  Ref    // unless Query
	Query  *Query // or nil
	Path   Ref
	Format string // sor, csv, tsv, parquet, arrow, json or jsonl, from the path's ending
}

// Explain is EXPLAIN [ANALYZE] query.
type Explain struct {
	Analyze bool
	Query   *Query
}

// Describe is DESCRIBE table: its columns and their types.
type Describe struct{ Table Ref }

// ShowTables is SHOW TABLES [LIKE 'pattern'].
type ShowTables struct{ Like string }

// ShowFunctions is SHOW FUNCTIONS [LIKE 'pattern'].
type ShowFunctions struct{ Like string }

// ShowNodes is SHOW NODES.
type ShowNodes struct{}

// ShowReplicas is SHOW REPLICAS.
type ShowReplicas struct{}

// ShowChunks is SHOW CHUNKS FROM table.
type ShowChunks struct{ Table Ref }

// CreateTableAs is CREATE TABLE [IF NOT EXISTS] name AS query.
type CreateTableAs struct {
	Name        Ref
	IfNotExists bool
	Query       *Query
}

// Drop is DROP TABLE [IF EXISTS] name.
type Drop struct {
	Name     Ref
	IfExists bool
}

// Rename is ALTER TABLE from RENAME TO to.
type Rename struct{ From, To Ref }

// Kind returns "SELECT".
func (*Select) Kind() string { return "SELECT" }

// Kind returns "LOAD".
func (*Load) Kind() string { return "LOAD" }

// Kind returns "COPY".
func (*Copy) Kind() string { return "COPY" }

// Kind returns "EXPLAIN".
func (*Explain) Kind() string { return "EXPLAIN" }

// Kind returns "DESCRIBE".
func (*Describe) Kind() string { return "DESCRIBE" }

// Kind returns "SHOW TABLES".
func (*ShowTables) Kind() string { return "SHOW TABLES" }

// Kind returns "SHOW FUNCTIONS".
func (*ShowFunctions) Kind() string { return "SHOW FUNCTIONS" }

// Kind returns "SHOW NODES".
func (*ShowNodes) Kind() string { return "SHOW NODES" }

// Kind returns "SHOW REPLICAS".
func (*ShowReplicas) Kind() string { return "SHOW REPLICAS" }

// Kind returns "SHOW CHUNKS".
func (*ShowChunks) Kind() string { return "SHOW CHUNKS" }

// Kind returns "CREATE TABLE".
func (*CreateTableAs) Kind() string { return "CREATE TABLE" }

// Kind returns "DROP TABLE".
func (*Drop) Kind() string { return "DROP TABLE" }

// Kind returns "ALTER TABLE".
func (*Rename) Kind() string { return "ALTER TABLE" }
