using System.Collections.Immutable;
using System.Text.Json;

namespace AgentTeams.Cli;

/// <summary>What a run's folder remembers of the program that trained it, in <c>program.json</c>, so that a run goes on without being told again.</summary>
/// <param name="Name">The program's name.</param>
/// <param name="Path">The assembly or file that it lies in; null for one that carries this command line itself.</param>
/// <param name="Options">Its options, by their names without dashes.</param>
internal sealed record StoredProgram(string Name, string? Path, ImmutableSortedDictionary<string, string> Options)
{
    private const string FileName = "program.json";
    private static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web) { WriteIndented = true };

    public static bool IsIn(string folder) => File.Exists(System.IO.Path.Combine(folder, FileName));

    public static StoredProgram Read(string folder)
    {
        var path = System.IO.Path.Combine(folder, FileName);
        try
        {
            var stored = JsonSerializer.Deserialize<StoredProgram>(File.ReadAllBytes(path), Json);
            return stored is { Name: not null, Options: not null } ? stored : throw new JsonException("It has no name or no options.");
        }
        catch (IOException e)
        {
            throw new AgentTeamsException($"'{folder}' holds no run of this command line: '{path}' cannot be read. Give the folder of a run that 'train' made.", e);
        }
        catch (JsonException e)
        {
            throw new AgentTeamsException($"'{path}' is damaged: {e.Message} Restore it from a copy, or give the program and its options to 'train --resume --out'.", e);
        }
    }

    public void Write(string folder)
    {
        // Whoever is killed meanwhile leaves the whole file or none.
        var path = System.IO.Path.Combine(folder, FileName);
        File.WriteAllBytes(path + ".tmp", JsonSerializer.SerializeToUtf8Bytes(this, Json));
        File.Move(path + ".tmp", path, overwrite: true);
    }
}
