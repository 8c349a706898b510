module anila

go 1.26
