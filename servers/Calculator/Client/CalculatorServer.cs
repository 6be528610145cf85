namespace AgentTeams.Samples;

/// <summary>Where a sample that imports Calculator.targets finds the calculator server, and how it starts it.</summary>
internal static class CalculatorServer
{
    public static McpStdioOptions Options(params IEnumerable<string> arguments)
    {
        var dll = Path.Combine(AppContext.BaseDirectory, "calculator", "AgentTeams.Servers.Calculator.dll");
        if (!File.Exists(dll)) throw new AgentTeamsException($"The calculator server is not at '{dll}'. Import servers/Calculator/Calculator.targets and build again.");
        return new() { Name = "calculator", Command = Host(), Arguments = [dll, .. arguments] };
    }

    private static string Host() =>
        Path.GetFileNameWithoutExtension(Environment.ProcessPath) == "dotnet" ? Environment.ProcessPath! : "dotnet";
}
