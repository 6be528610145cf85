using System.Text.Json;

namespace AgentTeams;

/// <summary>What of a team reaches a model: roles with instructions, tools and options, and the mapping.</summary>
internal static class TeamFingerprint
{
    /// <summary>32 lower-case hexadecimal digits.</summary>
    public static string Of(Team team) => CodeFingerprint.Digits(JsonSerializer.Serialize(new
    {
        Roles = team.Roles.Select(r => new
        {
            r.Name, r.Instructions, r.Options, r.Memory, r.MaxRememberedMessages, r.Lifetime,
            Tools = r.Tools.Select(t => new { t.Name, t.Description, t.JsonSchema }),
            Policy = team.Models[r.Name].ToString(),
        }),
    }, TrajectoryJson.Options));
}
