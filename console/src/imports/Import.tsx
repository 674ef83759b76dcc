import { Button, Progress, Select, TextInput } from '@mantine/core'
import { IconCheck, IconDownload, IconFileUpload } from '@tabler/icons-react'
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { useState, type DragEvent } from 'react'
import { ROOT } from '../api/client'
import { isRefusal } from '../api/refusal'
import { Card, Figure } from '../parts/marks'
import { tell, tellRefusal } from '../parts/notify'
import { Failure, Loading, Page, Told } from '../parts/states'
import { useSpeech } from '../words/speech'
import { imports, type Import as Done, type Reading, type Upload } from './ask'
import { HOLDS, lacking, mapped, mappingOf, type Mapping, type Sheet } from './mapping'

/** A file of guests, orders or consents: sent, looked at, tried without writing, imported. */
export function Import() {
  const { t } = useSpeech()
  const [upload, setUpload] = useState<Upload | null>(null)
  return (
    <Page title={t('import.title')} actions={upload && <Button onClick={() => setUpload(null)}>{t('import.another')}</Button>}>
      <p className="head-about">{t('import.about')}</p>
      {upload ? <Looked upload={upload} /> : <Dropping done={setUpload} />}
      <History />
    </Page>
  )
}

function Dropping({ done }: { done: (upload: Upload) => void }) {
  const speech = useSpeech()
  const { t, share } = speech
  const [over, setOver] = useState(false)
  const [far, setFar] = useState(0)
  const sending = useMutation({ mutationFn: (file: File) => imports.upload(file, setFar), onError: (error) => tellRefusal(error, speech), onSuccess: done })
  const take = (files: FileList | null) => files?.[0] && sending.mutate(files[0])
  const dropped = (event: DragEvent) => {
    event.preventDefault()
    setOver(false)
    take(event.dataTransfer.files)
  }
  return (
    <section
      className={`card drop ${over ? 'is-over' : ''}`}
      aria-label={t('import.file')}
      onDragOver={(event) => {
        event.preventDefault()
        setOver(true)
      }}
      onDragLeave={() => setOver(false)}
      onDrop={dropped}
    >
      <IconFileUpload aria-hidden />
      <h2>{t('import.drop')}</h2>
      <p className="muted">{t('import.formats')}</p>
      {sending.isPending ? (
        <>
          <Progress value={far * 100} w={280} aria-label={t('import.sending', { name: sending.variables.name })} />
          <p role="status">{t('import.sent', { name: sending.variables.name, share: share(far, 1) })}</p>
        </>
      ) : (
        <label className="button is-primary">
          {t('import.choose')}
          <input className="hidden-visually" type="file" accept=".csv,.tsv,.txt,.xlsx,.json,.ndjson,.jsonl" onChange={(event) => take(event.currentTarget.files)} />
        </label>
      )}
    </section>
  )
}

/** What the file is taken for, until one says otherwise. */
function Looked({ upload }: { upload: Upload }) {
  const [reading, setReading] = useState<Reading>({})
  const asked = useQuery({ queryKey: ['upload', upload.id, reading], queryFn: () => imports.sheet(upload.id, reading), retry: false, refetchOnWindowFocus: false })
  if (asked.isPending) return <Loading />
  if (asked.isError) return <Failure error={asked.error} retry={() => void asked.refetch()} />
  return <Mapped key={JSON.stringify(reading)} upload={upload} sheet={asked.data} reading={reading} read={setReading} />
}

function Mapped({ upload, sheet, reading, read }: { upload: Upload; sheet: Sheet; reading: Reading; read: (reading: Reading) => void }) {
  const { t, maybe } = useSpeech()
  const [mapping, setMapping] = useState<Mapping>(() => mappingOf(sheet))
  const kept = useQuery({ queryKey: ['import-mappings'], queryFn: imports.mappings })
  const missing = lacking(sheet, mapping)
  const columnOf = (heading: string) => Object.entries(mapping).find(([, from]) => from === heading)?.[0] ?? null
  const own = kept.data?.filter((it) => it.holds === sheet.holds) ?? []
  return (
    <>
      <Card title={upload.name} className="wide-table">
        <div className="fields">
          <Select label={t('import.holds')} allowDeselect={false} value={sheet.holds ?? null} data={HOLDS.map((it) => ({ value: it, label: t(`holds.${it}`) }))} onChange={(holds) => holds && read({ ...reading, holds })} />
          {sheet.sheets.length > 1 && <Select label={t('import.sheet')} allowDeselect={false} value={sheet.sheet ?? null} data={sheet.sheets} onChange={(it) => it && read({ ...reading, sheet: it })} />}
          {sheet.encoding && <TextInput label={t('import.encoding')} defaultValue={sheet.encoding} onBlur={(event) => event.currentTarget.value !== sheet.encoding && read({ ...reading, encoding: event.currentTarget.value })} />}
          {sheet.delimiter && (
            <Select label={t('import.delimiter')} allowDeselect={false} value={sheet.delimiter} data={[...new Set([',', ';', '\t', '|', sheet.delimiter])].map((it) => ({ value: it, label: it === '\t' ? t('import.tab') : it }))} onChange={(it) => it && it !== sheet.delimiter && read({ ...reading, delimiter: it })} />
          )}
          {own.length > 0 && <Select label={t('import.mapping')} clearable clearButtonProps={{ 'aria-label': t('do.remove') }} value={reading.mapping ?? null} data={own.map((it) => it.name)} onChange={(it) => read({ ...reading, mapping: it ?? '' })} />}
        </div>
        {sheet.program && <p className="card-note">{t('import.program', { name: maybe(`program.${sheet.program}`, sheet.program) })}</p>}
        {sheet.above.length > 0 && <p className="card-note muted">{t('import.above', { n: sheet.above.length })}</p>}
        {!sheet.holds && <p className="notice is-warn">{t('import.sayHolds')}</p>}
        <table className="table">
          <thead>
            <tr>
              {sheet.headings.map((it) => (
                <th key={it.heading} scope="col">
                  {it.heading}
                  <Select
                    size="xs"
                    miw={150}
                    aria-label={t('import.readAs', { heading: it.heading })}
                    placeholder={t('import.leftOut')}
                    clearable
                    searchable
                    clearButtonProps={{ 'aria-label': t('import.leftOut') }}
                    value={columnOf(it.heading)}
                    data={sheet.columns.map((column) => ({ value: column, label: maybe(`column.${column}`, column) }))}
                    onChange={(column) => setMapping(mapped(mapping, it.heading, column))}
                  />
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {sheet.rows.slice(0, 8).map((row, at) => (
              <tr key={at}>
                {sheet.headings.map((it, place) => (
                  <td key={it.heading}>{row[place] ?? ''}</td>
                ))}
              </tr>
            ))}
          </tbody>
        </table>
        {missing.length > 0 && <p className="notice is-warn">{t('import.missing', { columns: missing.map((column) => maybe(`column.${column}`, column)).join(', ') })}</p>}
      </Card>
      {sheet.holds && missing.length === 0 && <Trying key={JSON.stringify(mapping)} upload={upload} sheet={sheet} reading={reading} mapping={mapping} />}
    </>
  )
}

/** First without writing, with counts; then in earnest. */
function Trying({ upload, sheet, reading, mapping }: { upload: Upload; sheet: Sheet; reading: Reading; mapping: Mapping }) {
  const speech = useSpeech()
  const { t, number } = speech
  const queries = useQueryClient()
  const [job, setJob] = useState<number | null>(null)
  const [name, setName] = useState('')
  const beginning = useMutation({
    mutationFn: (dry_run: boolean) => {
      const { sheet: which, encoding, delimiter } = reading
      return imports.begin({ upload: upload.id, holds: sheet.holds ?? '', ...(which ? { sheet: which } : {}), ...(encoding ? { encoding } : {}), ...(delimiter ? { delimiter } : {}), columns: mapping, dry_run })
    },
    onError: (error) => tellRefusal(error, speech),
    onSuccess: (it) => setJob(it.id),
  })
  const keeping = useMutation({
    mutationFn: () => imports.keep(name.trim(), sheet.holds ?? '', mapping),
    onError: (error) => tellRefusal(error, speech),
    onSuccess: () => {
      tell(t('import.kept', { name: name.trim() }))
      setName('')
      void queries.invalidateQueries({ queryKey: ['import-mappings'] })
    },
  })
  const asked = useQuery({
    queryKey: ['import', job],
    queryFn: async () => {
      const it = await imports.show(job ?? 0)
      if (it.state === 'done' && !it.dry_run) void queries.invalidateQueries({ predicate: (query) => query.queryKey[0] !== 'import' })
      return it
    },
    enabled: job !== null,
    refetchInterval: (query) => (query.state.data && query.state.data.state !== 'waiting' && query.state.data.state !== 'running' ? false : 1_000),
  })
  const it = asked.data
  const isOver = it?.state === 'done' || it?.state === 'failed'
  const tried = it?.state === 'done' && it.dry_run
  return (
    <Card title={it && !it.dry_run ? t('import.result') : t('import.try')}>
      <div className="card-body stack">
        {job === null && (
          <>
            <p className="muted">{t('import.tryWhy')}</p>
            <div>
              <Button variant="filled" loading={beginning.isPending} onClick={() => beginning.mutate(true)}>
                {t('import.tryDo')}
              </Button>
            </div>
          </>
        )}
        {job !== null && !isOver && (
          <>
            <Progress value={it?.of_bytes ? (it.bytes / it.of_bytes) * 100 : 0} aria-label={t('import.rows', { n: it?.rows ?? 0 })} />
            <p role="status">{t('import.rows', { n: it?.rows ?? 0 })}</p>
          </>
        )}
        {it?.state === 'failed' && (
          <p className="notice is-bad" role="alert">
            {it.problem?.problem}
          </p>
        )}
        {it?.state === 'done' && <Counts it={it} />}
        {tried && (
          <div className="row wrap">
            <Button variant="filled" color="accent" disabled={it.accepted === 0} loading={beginning.isPending} onClick={() => beginning.mutate(false)}>
              {t('import.do', { n: it.accepted })}
            </Button>
            <form
              className="row"
              onSubmit={(event) => {
                event.preventDefault()
                keeping.mutate()
              }}
            >
              <TextInput aria-label={t('import.keepName')} placeholder={t('import.keepName')} value={name} onChange={(event) => setName(event.currentTarget.value)} />
              <Button type="submit" disabled={name.trim() === ''} loading={keeping.isPending}>
                {t('import.keep')}
              </Button>
            </form>
          </div>
        )}
        {it?.state === 'done' && !it.dry_run && (
          <p className="notice is-ok">
            <IconCheck aria-hidden /> {t('import.done', { n: it.accepted, file: it.file, all: number(it.rows) })}
          </p>
        )}
      </div>
    </Card>
  )
}

function Counts({ it }: { it: Done }) {
  const { t, number } = useSpeech()
  const refused = new URL(`v1/imports/${it.id}/refused`, ROOT).href
  return (
    <>
      <div className="figures">
        <Figure label={t('import.created')} value={number(it.summary?.created ?? 0)} />
        <Figure label={t('import.updated')} value={number(it.summary?.updated ?? 0)} />
        <Figure label={t('import.unchanged')} value={number(it.summary?.unchanged ?? 0)} />
        {(it.summary?.customers_created ?? 0) > 0 && <Figure label={t('import.guestsOfOrders')} value={number(it.summary?.customers_created ?? 0)} />}
        <Figure label={t('import.refused')} value={number(it.refused)} />
      </div>
      {it.refused > 0 && (
        <p>
          <a className="link" href={refused} download>
            <IconDownload aria-hidden /> {t('import.download')}
          </a>
        </p>
      )}
      {(it.summary?.unknown_columns.length ?? 0) > 0 && <p className="muted">{t('import.unknown', { columns: it.summary?.unknown_columns.join(', ') ?? '' })}</p>}
    </>
  )
}

function History() {
  const { t, when, number, maybe } = useSpeech()
  const asked = useQuery({ queryKey: ['imports'], queryFn: imports.list, retry: false })
  if (isRefusal(asked.error) || asked.data?.length === 0) return null
  return (
    <Card title={t('import.history')} className="wide-table">
      <Told query={asked} rows={3}>
        {(all) => (
          <table className="table">
            <thead>
              <tr>
                <th scope="col">{t('import.file')}</th>
                <th scope="col">{t('import.holds')}</th>
                <th scope="col">{t('program.due')}</th>
                <th scope="col">{t('mailings.state')}</th>
                <th scope="col" className="num">{t('import.accepted')}</th>
                <th scope="col" className="num">{t('import.refused')}</th>
              </tr>
            </thead>
            <tbody>
              {all.map((it) => (
                <tr key={it.id}>
                  <th scope="row">{it.file}</th>
                  <td>
                    {maybe(`holds.${it.holds}`, it.holds)} {it.dry_run && <span className="badge">{t('import.dry')}</span>}
                  </td>
                  <td className="nowrap">{when(it.created_at)}</td>
                  <td>{t(`importState.${it.state}`)}</td>
                  <td className="num">{number(it.accepted)}</td>
                  <td className="num">{number(it.refused)}</td>
                </tr>
              ))}
            </tbody>
          </table>
        )}
      </Told>
    </Card>
  )
}
