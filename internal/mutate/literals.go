package main

import (
	"go/ast"
	"go/token"
	"go/types"
	"slices"
	"strconv"
	"strings"
)

// literal changes a number or character by one either way, empties a text, and fills an empty one.
func (s *search) literal(n *ast.BasicLit) {
	switch n.Kind {
	case token.INT:
		s.add(n.Pos(), n.End(), by(n.Value, 1))
		s.add(n.Pos(), n.End(), by(n.Value, -1))
	case token.FLOAT, token.CHAR:
		s.add(n.Pos(), n.End(), "("+n.Value+" + 1)")
		s.add(n.Pos(), n.End(), "("+n.Value+" - 1)")
	case token.STRING:
		s.text(n)
	}
}

// by returns a number plus more. A plain number is computed.
func by(number string, more int64) string {
	if n, err := strconv.ParseInt(number, 10, 64); err == nil {
		return strconv.FormatInt(n+more, 10)
	}
	if more < 0 {
		return "(" + number + " - 1)"
	}
	return "(" + number + " + 1)"
}

func (s *search) text(n *ast.BasicLit) {
	other := `""`
	if value, err := strconv.Unquote(n.Value); err == nil && value == "" {
		other = `"?"`
	}
	if s.add(n.Pos(), n.End(), other) {
		s.found[len(s.found)-1].Wording = s.isWording()
	}
}

// isWording reports whether the current text is for people: an argument of a function that makes
// errors, of a logger or of panic, or part of a String or Error method.
func (s *search) isWording() bool {
	name := s.function()
	if strings.HasSuffix(name, ".Error") || strings.HasSuffix(name, ".String") {
		return true
	}
	return slices.ContainsFunc(s.stack, func(n ast.Node) bool {
		call, ok := n.(*ast.CallExpr)
		return ok && s.speaks(call)
	})
}

// speaks reports whether a call is of panic, of a function that makes errors, or of a logger's
// method.
func (s *search) speaks(call *ast.CallExpr) bool {
	switch fun := call.Fun.(type) {
	case *ast.Ident:
		return s.universal(fun, "panic")
	case *ast.SelectorExpr:
		f, ok := s.p.info.Uses[fun.Sel].(*types.Func)
		if !ok || f.Pkg() == nil {
			return false
		}
		switch f.Pkg().Path() {
		case "errors", "log", "log/slog":
			return true
		}
		return f.FullName() == "fmt.Errorf" || logs[f.Name()] && f.Signature().Recv() != nil
	}
	return false
}

// logs has the names of loggers' methods.
var logs = map[string]bool{
	"Debug": true, "Info": true, "Warn": true, "Error": true,
	"Debugf": true, "Infof": true, "Warnf": true, "Errorf": true,
}

// truth swaps true and false.
func (s *search) truth(id *ast.Ident) {
	switch {
	case s.universal(id, "true"):
		s.add(id.Pos(), id.End(), "false")
	case s.universal(id, "false"):
		s.add(id.Pos(), id.End(), "true")
	}
}

// composite omits a field of a struct.
func (s *search) composite(n *ast.CompositeLit) {
	if _, ok := s.underlying(n).(*types.Struct); ok {
		s.leaveOut(n.Elts, 0)
	}
}

// leaveOut omits each element of a list that must keep at least this many, together with the comma
// after or before it.
func (s *search) leaveOut(list []ast.Expr, least int) {
	for i, e := range list {
		switch {
		case len(list) <= least:
		case i+1 < len(list):
			s.add(e.Pos(), list[i+1].Pos(), "")
		case i > 0:
			s.add(list[i-1].End(), e.End(), "")
		default:
			s.add(e.Pos(), e.End(), "")
		}
	}
}
