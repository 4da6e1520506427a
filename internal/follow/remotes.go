//go:build unix

package follow

import (
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
)

const (
	ours   = "https://github.com/uid2rtb/uid2rtb"
	prebid = "https://github.com/prebid/prebid-server"
)

// prebidReleases are the tags that a page can clone of Prebid Server.
var prebidReleases = []string{"v3.30.0", "v4.6.0"}

// remotes makes the repositories that a page clones, and returns the variables with which git takes
// them from this machine.
func (r *Reader) remotes(page, dir string) (env []string, err error) {
	made := 0
	for url, fill := range map[string]func(*repository) error{ours: r.fillOurs, prebid: fillPrebid} {
		if !strings.Contains(page, url) {
			continue
		}
		repo := &repository{filepath.Join(dir, filepath.Base(url)+".git")}
		if err := repo.git("", "init", "-q", "--bare", "-b", "main", repo.dir); err != nil {
			return nil, err
		}
		if err := fill(repo); err != nil {
			return nil, err
		}
		env = append(env, fmt.Sprintf("GIT_CONFIG_KEY_%d=url.file://%s.insteadOf", made, repo.dir), fmt.Sprintf("GIT_CONFIG_VALUE_%d=%s", made, url))
		made++
	}
	return append(env, fmt.Sprintf("GIT_CONFIG_COUNT=%d", made)), nil
}

// fillOurs commits the checkout as it is now.
func (r *Reader) fillOurs(repo *repository) error {
	root, err := filepath.Abs(r.Root)
	if err != nil {
		return err
	}
	return repo.commit(root, false)
}

// fillPrebid commits and tags the releases, as the module cache has them.
func fillPrebid(repo *repository) error {
	for _, tag := range prebidReleases {
		major, _, _ := strings.Cut(tag, ".")
		out, err := exec.Command("go", "mod", "download", "-json", "github.com/prebid/prebid-server/"+major+"@"+tag).Output()
		if err != nil {
			return fmt.Errorf("go mod download: %w", err)
		}
		var module struct{ Dir string }
		if err := json.Unmarshal(out, &module); err != nil {
			return err
		}
		if err := repo.commit(module.Dir, true); err != nil {
			return err
		}
		if err := repo.git("", "tag", tag); err != nil {
			return err
		}
	}
	return nil
}

// repository is a bare repository.
type repository struct{ dir string }

// commit commits all of a directory.
func (r *repository) commit(tree string, ignored bool) error {
	add := []string{"add", "--all"}
	if ignored {
		add = append(add, "--force")
	}
	if err := r.git(tree, add...); err != nil {
		return err
	}
	return r.git(tree, "commit", "-q", "-m", "what is to be cloned")
}

func (r *repository) git(tree string, args ...string) error {
	c := exec.Command("git", args...)
	c.Dir = tree
	c.Env = append(os.Environ(), "GIT_DIR="+r.dir, "GIT_CONFIG_GLOBAL="+os.DevNull,
		"GIT_AUTHOR_NAME=nobody", "GIT_AUTHOR_EMAIL=nobody@example.com", "GIT_COMMITTER_NAME=nobody", "GIT_COMMITTER_EMAIL=nobody@example.com")
	if tree != "" {
		c.Env = append(c.Env, "GIT_WORK_TREE="+tree)
	}
	if out, err := c.CombinedOutput(); err != nil {
		return fmt.Errorf("git %s: %w\n%s", strings.Join(args, " "), err, out)
	}
	return nil
}
