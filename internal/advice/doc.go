// Package advice is the form in which the programs report errors to people: what happened, why, and
// what to do about it.
//
//	uid2: the keys can't be read: keys.json: there is no such file
//	  what to do: fetch them with uid2 keys -raw >keys.json, or check the path
package advice
