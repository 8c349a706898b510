// Package mpi holds the tests of training over ranks under the launchers that people have: whole programs, built against an MPI
// and started by its mpirun. They run where ANILA_MPI names one, openmpi or mpich, of which the compiler mpicc.NAME and the
// launcher (mpirun.openmpi, mpiexec.mpich) are there; .ci/run mpi installs both.
package mpi
