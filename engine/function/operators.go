package function

import (
	"github.com/eau2db/eau2/column"
)

const operator = "operator"

// operators in the order of SHOW FUNCTIONS. The unary minus is named NEG.
var operators = []*Func{
	{Name: "+", Class: operator, Usage: "a + b", Doc: "sum; an error beyond INT or FLOAT",
		Overloads: overloads(intOp(addInts, addInt), floatOp(addFloats))},
	{Name: "-", Class: operator, Usage: "a - b", Doc: "difference; an error beyond INT or FLOAT",
		Overloads: overloads(intOp(subInts, subInt), floatOp(subFloats))},
	{Name: "*", Class: operator, Usage: "a * b", Doc: "product; an error beyond INT or FLOAT",
		Overloads: overloads(intOp(mulInts, mulInt), floatOp(mulFloats))},
	{Name: "/", Class: operator, Usage: "a / b", Doc: "quotient as FLOAT, also of INTs; NULL where b is 0",
		Overloads: overloads(Overload{Args: twoFloats, Result: column.Float, Eval: divide})},
	{Name: "DIV", Class: operator, Usage: "a DIV b", Doc: "whole part of the quotient as INT; NULL where b is 0",
		Overloads: overloads(try2(divInt), try2(divFloatToInt))},
	{Name: "%", Aliases: []string{"MOD"}, Class: operator, Usage: "a % b, a MOD b or MOD(a, b)", Doc: "remainder, with the sign of a; NULL where b is 0",
		Overloads: overloads(try2(modInt), try2(modFloat))},
	{Name: "NEG", Class: operator, Usage: "-a", Doc: "the number with its sign changed",
		Overloads: overloads(try1(negInt), fn1(func(a float64) float64 { return 0 - a }))},

	{Name: "=", Class: operator, Usage: "a = b", Doc: "whether a equals b; strings are compared by bytes", Overloads: equals.overloads()},
	{Name: "<>", Aliases: []string{"!="}, Class: operator, Usage: "a <> b", Doc: "whether a and b differ", Overloads: differs.overloads()},
	{Name: "<", Class: operator, Usage: "a < b", Doc: "whether a is less than b", Overloads: less.overloads()},
	{Name: "<=", Class: operator, Usage: "a <= b", Doc: "whether a is at most b", Overloads: lessEq.overloads()},
	{Name: ">", Class: operator, Usage: "a > b", Doc: "whether a is greater than b", Overloads: greater.overloads()},
	{Name: ">=", Class: operator, Usage: "a >= b", Doc: "whether a is at least b", Overloads: greaterEq.overloads()},
	{Name: "<=>", Class: operator, Usage: "a <=> b", Doc: "whether a equals b or both are NULL; never NULL itself",
		Overloads: overloads(nullEqual[int64](), nullEqual[float64](), nullEqual[string](), nullEqual[bool]())},
	{Name: "LIKE", Class: operator, Usage: "s LIKE pattern [ESCAPE c]", Doc: "whether s matches: % is any text, _ one character; case matters",
		Overloads: overloads(like)},
	{Name: "REGEXP", Aliases: []string{"RLIKE"}, Class: operator, Usage: "s REGEXP pattern", Doc: "whether a part of s matches the regular expression (RE2); case matters",
		Overloads: overloads(regexpOverload(column.Bool, nil, 0, -1, regexpMatch))},

	{Name: "&", Class: operator, Usage: "a & b", Doc: "bits set in both INTs",
		Overloads: overloads(fn2(func(a, b int64) int64 { return a & b }))},
	{Name: "|", Class: operator, Usage: "a | b", Doc: "bits set in either INT",
		Overloads: overloads(fn2(func(a, b int64) int64 { return a | b }))},
	{Name: "^", Class: operator, Usage: "a ^ b", Doc: "bits set in one of the INTs only",
		Overloads: overloads(fn2(func(a, b int64) int64 { return a ^ b }))},
	{Name: "<<", Class: operator, Usage: "a << n", Doc: "the bits of a INT moved left by n; 0 where n is not within 0 to 63",
		Overloads: overloads(fn2(shiftLeft))},
	{Name: ">>", Class: operator, Usage: "a >> n", Doc: "the bits of a INT moved right by n, keeping its sign",
		Overloads: overloads(fn2(shiftRight))},
	{Name: "~", Class: operator, Usage: "~a", Doc: "the INT with all bits changed: -a - 1",
		Overloads: overloads(fn1(func(a int64) int64 { return ^a }))},
}
