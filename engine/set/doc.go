// Package set has sets of INTs, of any size and spread: the arguments of IN ? and what a column's values are collected into.
//
// A Set is in one of two forms. The dense one is a bit for each number between two bounds, which is quickest to look up and to
// fill; the sparse one is a roaring bitmap, for few numbers far apart. A Set changes its form by itself: dense as long as its
// bits take no more than some bytes a member. As bytes, both are the portable form of a 64-bit roaring bitmap, in which a number
// below 0 is taken as unsigned.
//
// A Table is what a scan looks numbers up in, a Collector what it puts them into, both without asking which form a set has.
package set
