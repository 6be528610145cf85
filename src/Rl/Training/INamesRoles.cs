namespace AgentTeams.Rl;

/// <summary>A part of a training that is told of roles by name, so that names the team does not have are found before anything runs.</summary>
internal interface INamesRoles
{
    /// <summary>The names.</summary>
    IEnumerable<string> NamedRoles { get; }
}
