using System;
using System.IO;
using Generated;

/// Reads each file that is named, and prints what a handler asks first.
static class Read
{
    static void Main(string[] paths)
    {
        foreach (var path in paths)
        {
            var context = RemoteExecutionContext.FromJson(File.ReadAllText(path));
            Console.WriteLine(context.MessageName + " " + context.PrimaryEntityName);
        }
    }
}
