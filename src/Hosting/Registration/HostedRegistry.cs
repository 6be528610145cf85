namespace AgentTeams.Hosting;

/// <summary>The names under which teams and workflows are registered, in their order.</summary>
internal sealed class HostedRegistry
{
    private readonly List<string> _teams = [];
    private readonly List<string> _workflows = [];

    public IReadOnlyList<string> Teams => _teams;

    public IReadOnlyList<string> Workflows => _workflows;

    public void AddTeam(string name) => Add(_teams, "team", name);

    public void AddWorkflow(string name) => Add(_workflows, "workflow", name);

    private static void Add(List<string> names, string kind, string name)
    {
        if (names.Contains(name, StringComparer.Ordinal)) throw new AgentTeamsException($"There are two of the {kind} '{name}'. Register each under a name of its own.");
        names.Add(name);
    }
}
