using System.Text.Json;

namespace AgentTeams.Rl;

/// <summary>What of a team reaches a model: roles with instructions, tools and options, the mapping, and how its models are asked.</summary>
internal static class TeamFingerprint
{
    /// <summary>32 lower-case hexadecimal digits.</summary>
    public static string Of(TeamModels models) => CodeFingerprint.Digits(JsonSerializer.Serialize(new
    {
        Roles = models.Team.Roles.Select(r => new
        {
            r.Name, r.Instructions, r.Options, r.Memory, r.MaxRememberedMessages, r.Lifetime,
            Tools = r.Tools.Select(t => new { t.Name, t.Description, t.JsonSchema }),
            Policy = models.Team.Models[r.Name].ToString(),
            Model = models.DescribeModelOf(r),
        }),
    }, TrajectoryJson.Options));
}
