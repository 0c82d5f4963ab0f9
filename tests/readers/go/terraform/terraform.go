// Says who one is as the profile that is named, as Terraform's AWS provider does: with aws-sdk-go-base.
package main

import (
	"context"
	"fmt"
	"os"

	"github.com/aws/aws-sdk-go-v2/service/sts"
	base "github.com/hashicorp/aws-sdk-go-base/v2"
)

func main() {
	ctx, found, problems := base.GetAwsConfig(context.Background(), &base.Config{CallerName: "a test", Profile: os.Args[1]})
	for _, problem := range problems {
		fmt.Fprintf(os.Stderr, "%s: %s\n", problem.Summary(), problem.Detail())
	}
	if problems.HasError() {
		os.Exit(1)
	}
	identity, err := sts.NewFromConfig(found).GetCallerIdentity(ctx, nil)
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	fmt.Println(*identity.Arn)
}
