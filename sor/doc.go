// Package sor reads and writes SoR ("schema on read") text: one row a line, each field between < and >.
package sor
