//go:build !mpi

package comm

import (
	"fmt"
	"os"
	"strconv"
)

// MPI tells whether this program was built with it.
const MPI = false

// Main runs the program's main part and returns its exit code.
func Main(program func() int) int { return program() }

// World returns nil: this process is the only rank. That a launcher started several is an error.
func World() (*Comm, error) {
	for _, name := range []string{"OMPI_COMM_WORLD_SIZE", "PMI_SIZE", "MPI_LOCALNRANKS"} {
		if n, err := strconv.Atoi(os.Getenv(name)); err == nil && n > 1 {
			return nil, fmt.Errorf("comm: started as one of %d processes (%s), and built without MPI: make build-mpi", n, name)
		}
	}
	return nil, nil
}
