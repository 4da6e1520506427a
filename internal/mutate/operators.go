package main

import (
	"go/ast"
	"go/token"
)

// The replacements of operators.
var (
	operators = map[token.Token][]token.Token{
		token.EQL: {token.NEQ},
		token.NEQ: {token.EQL},
		token.LSS: {token.LEQ, token.GEQ},
		token.LEQ: {token.LSS, token.GTR},
		token.GTR: {token.GEQ, token.LEQ},
		token.GEQ: {token.GTR, token.LSS},

		token.LAND: {token.LOR},
		token.LOR:  {token.LAND},

		token.ADD: {token.SUB},
		token.SUB: {token.ADD},
		token.MUL: {token.QUO},
		token.QUO: {token.MUL},
		token.REM: {token.MUL},

		token.AND:     {token.OR},
		token.OR:      {token.AND},
		token.XOR:     {token.AND},
		token.AND_NOT: {token.AND},
		token.SHL:     {token.SHR},
		token.SHR:     {token.SHL},
	}
	assignments = map[token.Token][]token.Token{
		token.ADD_ASSIGN: {token.SUB_ASSIGN},
		token.SUB_ASSIGN: {token.ADD_ASSIGN},
		token.MUL_ASSIGN: {token.QUO_ASSIGN},
		token.QUO_ASSIGN: {token.MUL_ASSIGN},
		token.REM_ASSIGN: {token.MUL_ASSIGN},

		token.AND_ASSIGN:     {token.OR_ASSIGN},
		token.OR_ASSIGN:      {token.AND_ASSIGN},
		token.XOR_ASSIGN:     {token.AND_ASSIGN},
		token.AND_NOT_ASSIGN: {token.AND_ASSIGN},
		token.SHL_ASSIGN:     {token.SHR_ASSIGN},
		token.SHR_ASSIGN:     {token.SHL_ASSIGN},

		token.INC: {token.DEC},
		token.DEC: {token.INC},
	}
	branches = map[token.Token][]token.Token{
		token.BREAK:    {token.CONTINUE},
		token.CONTINUE: {token.BREAK},
	}
)

// replace replaces an operator by each of its replacements in a table.
func (s *search) replace(at token.Pos, old token.Token, table map[token.Token][]token.Token) {
	for _, other := range table[old] {
		s.add(at, at+token.Pos(len(old.String())), other.String())
	}
}

// binary changes the operator. Each side of && and || is also omitted, and negated.
func (s *search) binary(n *ast.BinaryExpr) {
	s.replace(n.OpPos, n.Op, operators)
	if n.Op == token.LAND || n.Op == token.LOR {
		s.add(n.X.Pos(), n.Y.Pos(), "")
		s.add(n.X.End(), n.Y.End(), "")
		s.condition(n.X)
		s.condition(n.Y)
	}
}

// condition negates a condition, unless a change of its operator does so.
func (s *search) condition(e ast.Expr) {
	switch e := e.(type) {
	case nil:
		return
	case *ast.ParenExpr:
		s.condition(e.X)
		return
	case *ast.UnaryExpr:
		if e.Op == token.NOT {
			return
		}
	case *ast.BinaryExpr:
		if e.Op != token.LAND && e.Op != token.LOR {
			return
		}
	case *ast.Ident:
		if s.universal(e, "true", "false") {
			return
		}
	}
	s.add(e.Pos(), e.End(), "!("+s.source(e)+")")
}

// unary omits a sign or negation.
func (s *search) unary(n *ast.UnaryExpr) {
	switch n.Op {
	case token.NOT, token.SUB, token.XOR:
		s.add(n.OpPos, n.X.Pos(), "")
	}
}

// call swaps min and max.
func (s *search) call(n *ast.CallExpr) {
	id, ok := n.Fun.(*ast.Ident)
	switch {
	case !ok:
	case s.universal(id, "min"):
		s.add(id.Pos(), id.End(), "max")
	case s.universal(id, "max"):
		s.add(id.Pos(), id.End(), "min")
	}
}
