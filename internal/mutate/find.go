package main

import (
	"go/ast"
	"go/token"
	"go/types"
	"slices"
)

// search finds the changes of one file.
type search struct {
	p     *pkg
	file  *file
	stack []ast.Node // around the current node, outermost first
	seen  map[string]bool
	found []*Change
}

func (p *pkg) find(f *file) []*Change {
	s := &search{p: p, file: f, seen: make(map[string]bool)}
	ast.PreorderStack(f.syntax, nil, func(n ast.Node, stack []ast.Node) bool {
		if spec, ok := n.(*ast.GenDecl); ok && spec.Tok == token.IMPORT {
			return false
		}
		s.stack = stack
		s.visit(n)
		return true
	})
	return s.found
}

func (s *search) visit(n ast.Node) {
	switch n := n.(type) {
	case *ast.BinaryExpr:
		s.binary(n)
	case *ast.UnaryExpr:
		s.unary(n)
	case *ast.CallExpr:
		s.call(n)
	case *ast.BasicLit:
		s.literal(n)
	case *ast.Ident:
		s.truth(n)
	case *ast.CompositeLit:
		s.composite(n)
	case *ast.AssignStmt:
		s.replace(n.TokPos, n.Tok, assignments)
		s.targets(n)
	case *ast.IncDecStmt:
		s.replace(n.TokPos, n.Tok, assignments)
	case *ast.BranchStmt:
		s.replace(n.TokPos, n.Tok, branches)
	case *ast.IfStmt:
		s.condition(n.Cond)
	case *ast.ForStmt:
		s.condition(n.Cond)
	case *ast.ReturnStmt:
		s.results(n)
	case *ast.BlockStmt:
		s.statements(n.List)
	case *ast.CaseClause:
		s.caseClause(n)
	case *ast.CommClause:
		s.statements(n.Body)
	}
}

// source returns the code of a node.
func (s *search) source(n ast.Node) string {
	offset := func(at token.Pos) int { return s.p.fset.Position(at).Offset }
	return string(s.file.content[offset(n.Pos()):offset(n.End())])
}

// function returns the name of the declared function around the current node, with its receiver's
// type, or "" if there is none.
func (s *search) function() string {
	for _, n := range s.stack {
		decl, ok := n.(*ast.FuncDecl)
		switch {
		case !ok:
		case decl.Recv == nil:
			return decl.Name.Name
		default:
			return receiver(decl.Recv.List[0].Type) + "." + decl.Name.Name
		}
	}
	return ""
}

func receiver(e ast.Expr) string {
	switch e := e.(type) {
	case *ast.StarExpr:
		return receiver(e.X)
	case *ast.IndexExpr:
		return receiver(e.X)
	case *ast.IndexListExpr:
		return receiver(e.X)
	case *ast.Ident:
		return e.Name
	}
	return ""
}

// isBool reports whether an expression is of a boolean type.
func (s *search) isBool(e ast.Expr) bool {
	basic, ok := s.underlying(e).(*types.Basic)
	return ok && basic.Info()&types.IsBoolean != 0
}

func (s *search) isError(e ast.Expr) bool {
	t := s.p.info.Types[e].Type
	return t != nil && types.Identical(t, types.Universe.Lookup("error").Type())
}

func (s *search) underlying(e ast.Expr) types.Type {
	if t := s.p.info.TypeOf(e); t != nil {
		return t.Underlying()
	}
	return nil
}

// universal reports whether an identifier is one of these predeclared ones, such as true.
func (s *search) universal(id *ast.Ident, names ...string) bool {
	object := s.p.info.Uses[id]
	return object != nil && object.Parent() == types.Universe && slices.Contains(names, id.Name)
}
