package main

import (
	"fmt"
	"os"
)

// Reads each file that is named, and prints what a handler asks first.
func main() {
	for _, path := range os.Args[1:] {
		body, err := os.ReadFile(path)
		if err != nil {
			panic(err)
		}
		context, err := UnmarshalRemoteExecutionContext(body)
		if err != nil {
			panic(err)
		}
		fmt.Println(*context.MessageName, *context.PrimaryEntityName)
	}
}
