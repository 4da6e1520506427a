package main

import (
	"go/ast"
	"go/token"
	"go/types"
	"strings"
)

// kept starts the text that replaces omitted code, where something would be unused without it.
const kept = "_ = "

// statements omits each statement. Declarations can't be omitted; of an if, switch or loop, only
// its parts are omitted.
func (s *search) statements(list []ast.Stmt) {
	for _, statement := range list {
		switch n := statement.(type) {
		case *ast.AssignStmt:
			if n.Tok != token.DEFINE {
				s.without(n.Pos(), n.End(), n)
			}
		case *ast.ExprStmt, *ast.IncDecStmt, *ast.SendStmt, *ast.GoStmt, *ast.DeferStmt, *ast.BranchStmt, *ast.ReturnStmt:
			s.without(n.Pos(), n.End(), n)
		}
	}
}

// targets omits each of several variables that are assigned together.
func (s *search) targets(n *ast.AssignStmt) {
	if len(n.Lhs) < 2 || n.Tok != token.ASSIGN {
		return
	}
	for _, target := range n.Lhs {
		if s.source(target) != "_" {
			s.add(target.Pos(), target.End(), "_")
		}
	}
}

// caseClause omits the body, each statement of it, and each of several values.
func (s *search) caseClause(n *ast.CaseClause) {
	if len(n.Body) > 1 {
		s.without(n.Body[0].Pos(), n.Body[len(n.Body)-1].End(), n)
	}
	s.statements(n.Body)
	s.leaveOut(n.List, 1)
	for _, value := range n.List {
		if s.isBool(value) {
			s.condition(value)
		}
	}
}

// results negates each boolean that is returned, and returns nil for an error.
func (s *search) results(n *ast.ReturnStmt) {
	for _, result := range n.Results {
		switch {
		case s.isBool(result):
			s.condition(result)
		case s.isError(result):
			s.add(result.Pos(), result.End(), "nil")
		}
	}
}

// without omits code. Where a variable or an import would then be unused, it is used instead.
func (s *search) without(start, end token.Pos, within ast.Node) {
	if s.add(start, end, "") {
		return
	}
	if uses := s.uses(start, end, within); len(uses) > 0 {
		s.add(start, end, kept+strings.Join(uses, "; "+kept))
	}
}

// uses lists the variables declared elsewhere, and the imported names, that the code between start
// and end uses.
func (s *search) uses(start, end token.Pos, within ast.Node) []string {
	var uses []string
	listed := make(map[types.Object]bool)
	ast.Inspect(within, func(n ast.Node) bool {
		var object types.Object
		switch n := n.(type) {
		case *ast.SelectorExpr:
			if id, ok := n.X.(*ast.Ident); ok && s.isImport(id) {
				object = s.p.info.Uses[n.Sel]
			}
		case *ast.Ident:
			if v, ok := s.p.info.Uses[n].(*types.Var); ok && s.isLocal(v, start, end) {
				object = v
			}
		}
		if _, isType := object.(*types.TypeName); object != nil && !isType && !listed[object] {
			listed[object] = true
			uses = append(uses, s.source(n))
		}
		return true
	})
	return uses
}

func (s *search) isImport(id *ast.Ident) bool {
	_, ok := s.p.info.Uses[id].(*types.PkgName)
	return ok
}

// isLocal reports whether a variable is declared in a function, but not between start and end.
func (s *search) isLocal(v *types.Var, start, end token.Pos) bool {
	if v.IsField() || v.Parent() == nil || v.Parent() == v.Pkg().Scope() {
		return false
	}
	return v.Pos() < start || v.Pos() >= end
}
