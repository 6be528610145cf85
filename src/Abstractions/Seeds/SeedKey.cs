using System.Buffers.Binary;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Serialization;

namespace AgentTeams;

/// <summary>
/// The address of a random draw. Equal keys give equal draws in any process, so a run is reproducible as declared and
/// independent of scheduling. <see cref="Attempt"/> advances when an answer failed validation, not when a transport retried.
/// </summary>
/// <param name="Run">The seed the user gave.</param>
/// <param name="Stage">What is being done, for example "sft", "rl" or "eval".</param>
/// <param name="Step">The training step, zero-based.</param>
/// <param name="Task">The task's id.</param>
/// <param name="Sample">Which of a group's samples, zero-based.</param>
/// <param name="Node">The path of the workflow node, or empty for the trajectory itself.</param>
/// <param name="Visit">How often the node was visited before in this run.</param>
/// <param name="Attempt">How many answers of this visit failed validation before.</param>
/// <param name="Path">Where a run inside of another run stands, for example the agent and visit that it answers for; empty for a run of its own.</param>
public sealed record SeedKey([property: JsonConverter(typeof(SeedConverter))] long Run, string Stage = "", int Step = 0, string Task = "", int Sample = 0, string Node = "", int Visit = 0, int Attempt = 0,
    string Path = "")
{
    /// <summary>A seed of 63 bits that depends on every part of the key: the leading bytes of its SHA-256.</summary>
    public long ToSeed()
    {
        Span<byte> hash = stackalloc byte[SHA256.HashSizeInBytes];
        Hash(hash);
        return BinaryPrimitives.ReadInt64LittleEndian(hash) & long.MaxValue;
    }

    /// <summary>An id of 32 hexadecimal digits for the trajectory that this key addresses; node, visit and attempt do not count.</summary>
    public string ToTrajectoryId()
    {
        Span<byte> hash = stackalloc byte[SHA256.HashSizeInBytes];
        (this with { Node = "", Visit = 0, Attempt = 0 }).Hash(hash);
        return Convert.ToHexStringLower(hash[..16]);
    }

    /// <summary>A generator that starts at this key's seed.</summary>
    public Random ToRandom()
    {
        Span<byte> hash = stackalloc byte[SHA256.HashSizeInBytes];
        Hash(hash);
        return new(BinaryPrimitives.ReadInt32LittleEndian(hash));
    }

    // Lengths before the texts keep ("a","bc") and ("ab","c") apart. Written on the stack, as every model call asks for it.
    private void Hash(Span<byte> hash)
    {
        Span<char> text = stackalloc char[256];
        if (!text.TryWrite(CultureInfo.InvariantCulture, $"{Run}/{Stage.Length}:{Stage}/{Step}/{Task.Length}:{Task}/{Sample}/{Node.Length}:{Node}/{Visit}/{Attempt}", out var written)
            || (Path.Length > 0 && !TryAppend(text, ref written)))
        {
            SHA256.HashData(Encoding.UTF8.GetBytes(string.Create(CultureInfo.InvariantCulture,
                $"{Run}/{Stage.Length}:{Stage}/{Step}/{Task.Length}:{Task}/{Sample}/{Node.Length}:{Node}/{Visit}/{Attempt}{(Path.Length == 0 ? "" : $"/{Path.Length}:{Path}")}")), hash);
            return;
        }

        Span<byte> bytes = stackalloc byte[256 * 3];
        SHA256.HashData(bytes[..Encoding.UTF8.GetBytes(text[..written], bytes)], hash);
    }

    private bool TryAppend(Span<char> text, ref int written)
    {
        var fits = text[written..].TryWrite(CultureInfo.InvariantCulture, $"/{Path.Length}:{Path}", out var more);
        written += more;
        return fits;
    }
}
