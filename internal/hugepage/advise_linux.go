package hugepage

import "syscall"

// advise ignores errors: a system without huge pages has none to give.
func advise(pages []byte) { _ = syscall.Madvise(pages, syscall.MADV_HUGEPAGE) }
