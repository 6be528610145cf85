using System.Reflection;

namespace AgentTeams.Tests;

/// <summary>The servers as they were built, started over stdio.</summary>
internal static class ServerProcess
{
    public static string Dll(string project) => Path.GetFullPath(Path.Combine(Metadata("Servers"), project, Metadata("Output"), $"AgentTeams.Servers.{project}.dll"));

    public static string Host => Path.GetFileNameWithoutExtension(Environment.ProcessPath) == "dotnet" ? Environment.ProcessPath! : "dotnet";

    public static McpStdioOptions Options(string project, params IEnumerable<string> arguments) => new()
    {
        Name = project, Command = Host, Arguments = [Dll(project), .. arguments], RestartOnExit = false,
        EnvironmentVariables = new Dictionary<string, string?> { ["TMPDIR"] = SandboxFolder.Path },
    };

    private static string Metadata(string key) => typeof(ServerProcess).Assembly.GetCustomAttributes<AssemblyMetadataAttribute>().Single(m => m.Key == key).Value!;
}
